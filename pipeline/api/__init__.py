"""The REST API: parse, call the workbench, present. Bearer tokens only; errors are problem responses."""

from pipeline.api.application import DOCS_PATH, MOUNT_PATH, create_api, mount_api
from pipeline.api.docs_page import route_docs
from pipeline.api.limits import open_rates
from pipeline.api.services import ApiServices

__all__ = ["DOCS_PATH", "MOUNT_PATH", "ApiServices", "create_api", "mount_api", "open_rates", "route_docs"]
