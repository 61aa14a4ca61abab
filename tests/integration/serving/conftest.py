from tests.unit.serving.conftest import detector  # noqa: F401
