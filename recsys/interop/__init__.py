"""Other libraries' recommenders, trained and evaluated here. Each library is optional and imported when asked for."""
