-- Removes a delivery, also from those that were given up.
-- ARGV[1] prefix
-- ARGV[2] entry
-- Reply: nil

drop(ARGV[2])
forget(ARGV[2])
