"""What runs, in which order, with which parameters; import-light, because a deployment imports the flow's file."""
