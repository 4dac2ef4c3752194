//! Persistence: the event log, leases, inbox, projections and the content store.
