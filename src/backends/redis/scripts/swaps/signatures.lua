-- How client webhooks are signed by default.
-- ARGV[1] prefix
-- Reply: per-client, or shared if an earlier version has used this Redis

return signatures()
