-- Accepts a swap: writes its record, takes its claims, and adds it to the open swaps and its client's list.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] client
-- ARGV[5] fingerprint
-- ARGV[6] ms that an open swap is kept
-- ARGV[7] JSON: { guard: claim that must be free, replaces: swap that may hold it, claims: all claims to take }
-- ARGV[8] time of creation, ms since the epoch
-- Reply: nil, or "ID FINGERPRINT" of the swap that holds the guarding claim; then nothing was written

local id, record, client, fingerprint, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local wanted = cjson.decode(ARGV[7])
if wanted.guard then
  local holder, value = holderOf(wanted.guard)
  if holder and holder ~= wanted.replaces then return value end
end
redis.call('SET', prefix .. 'pending:' .. id, record, 'PX', ttl)
local seq = redis.call('INCR', sequence)
for _, claim in ipairs(wanted.claims) do
  redis.call('SET', prefix .. claim, id .. ' ' .. fingerprint, 'PX', ttl)
end
redis.call('HSET', entryOf(id), 'client', client, 'seq', seq, 'claims', cjson.encode(wanted.claims))
redis.call('PEXPIRE', entryOf(id), ttl)
redis.call('ZADD', open, seq, id .. ' ' .. client)
local own = ownOf(client)
redis.call('ZADD', own, seq, id)
-- Each new swap removes up to two expired ones, so that the index does not accumulate them.
local oldest = redis.call('ZRANGE', own, 0, 1, 'WITHSCORES')
for i = 1, #oldest, 2 do
  if redis.call('EXISTS', entryOf(oldest[i])) == 0 then unlist(client, oldest[i], oldest[i + 1]) end
end
list(client, id, seq, ARGV[8], 'open', ttl)
for _, key in ipairs({ open, own, sequence }) do extend(key, ttl) end
-- As long as the index: if a list expired first, a reader would have to look through all swaps for those that it had.
for _, group in ipairs(groups) do extend(listOf(client, group), ttl) end
return false
