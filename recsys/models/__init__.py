"""The models, one module each; adding one is one file here and one YAML in `configs/`."""
