"""Ways to break each part of the lab, and to heal it: for stories and measurements."""
