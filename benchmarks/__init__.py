"""Speed, memory and quality, each measured by one command; see README.md."""
