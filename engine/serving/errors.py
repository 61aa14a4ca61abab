"""What can be wrong with a request or a model folder, in words for the caller."""

from __future__ import annotations


class ServingError(Exception):
    """A failure with a sentence for the caller; `status` is its HTTP status."""

    status = 500


class BadRequest(ServingError):
    """The request does not fit the protocol or the model."""

    status = 400


class Refused(ServingError):
    """A request that is answered with a status of its own."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class BadImage(BadRequest):
    """The bytes are no image that can be read, or the image does not fit the model."""


class BadManifest(ServingError):
    """model.json is missing or cannot be used."""


def expect(true: bool, otherwise: str) -> None:
    """Refuse a request that does not fit.

    Raises:
        BadRequest: `true` is not; `otherwise` is its sentence.
    """
    if not true:
        raise BadRequest(otherwise)
