"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No absolute time limit in a unit test: on a shared machine it fails by chance. Budgets of time are
# load_tests/'s business, as ratios.
settings.register_profile(
    "text911", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("text911")
