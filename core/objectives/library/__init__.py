"""The objectives, one module each; adding one is one file here."""
