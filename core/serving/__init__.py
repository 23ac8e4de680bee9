"""A server over a trained run: recommendations and neighbours by HTTP. FastAPI and uvicorn are the extra `serve`."""
