"""The admission webhook of pvc-plumber: what Kyverno did not judge is denied."""
