"""Forms check and explain input; saving is the services'."""
