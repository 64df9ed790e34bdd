"""The REST API: parse, call the workbench, present. Bearer tokens only; errors are problem responses."""

from pipeline.api.application import MOUNT_PATH, create_api, mount_api
from pipeline.api.services import ApiServices

__all__ = ["MOUNT_PATH", "ApiServices", "create_api", "mount_api"]
