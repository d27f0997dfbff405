"""What people look at: policy tables, the explanation of a claim, the impact of a policy change."""
