"""What can be wrong with a request or a model folder, in words for the caller."""

from __future__ import annotations


class ServingError(Exception):
    """A failure with a sentence for the caller; `status` is its HTTP status."""

    status = 500


class BadRequest(ServingError):
    """The request does not fit the protocol or the model."""

    status = 400


class BadImage(BadRequest):
    """The bytes are no image that can be read, or the image does not fit the model."""


class BadManifest(ServingError):
    """model.json is missing or cannot be used."""
