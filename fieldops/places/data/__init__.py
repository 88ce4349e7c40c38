"""Places to try the product on: one centre modelled on Fuling, all of it invented."""
