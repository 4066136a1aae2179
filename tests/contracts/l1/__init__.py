"""An L1 with a venue on it, and a slow, independent reference of what its contracts check."""
