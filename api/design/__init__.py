"""The artist's work over HTTP: the inbox, the job, and each step of designer and customer."""

from api.design.controller import DesignController

__all__ = ["DesignController"]
