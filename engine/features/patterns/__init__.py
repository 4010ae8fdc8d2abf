"""Pattern streams: one file a family, on one shared set of live zones."""
