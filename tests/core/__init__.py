"""The event store, projections, reactions and jobs."""
