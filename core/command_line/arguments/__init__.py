"""The typer arguments of commands, a module each; what a command does stands in the module of the same name above."""
