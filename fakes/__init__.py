"""Stand-ins and builders that tests and measurements share; the product never imports them."""
