"""Programs the staff run by hand or from cron."""
