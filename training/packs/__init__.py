"""Plans that come with Seedbed."""
