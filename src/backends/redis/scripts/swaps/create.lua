-- Accepts a swap: writes its record, takes its claims, adds it to the open swaps and its client's list, and counts it.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] client
-- ARGV[5] fingerprint
-- ARGV[6] ms that an open swap is kept
-- ARGV[7] month of its usage
-- ARGV[8] when the counts of that month expire, ms since the epoch
-- ARGV[9] JSON: { guard: claim that must be free, replaces: swap that may hold it, claims: all claims to take }
-- ARGV[10] evidence of consent; empty: there is none
-- ARGV[11] when the evidence expires, ms since the epoch
-- ARGV[12] time of creation, ms since the epoch
-- Reply: nil, or "ID FINGERPRINT" of the swap that holds the guarding claim; then nothing was written

local id, record, client, fingerprint, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local wanted = cjson.decode(ARGV[9])
if wanted.guard then
  local holder, value = holderOf(wanted.guard)
  if holder and holder ~= wanted.replaces then return value end
end
-- The first write: Redis checks only this one against its memory limit.
redis.call('SET', prefix .. 'pending:' .. id, record, 'PX', ttl)
signatures()
local seq = redis.call('INCR', sequence)
for _, claim in ipairs(wanted.claims) do
  redis.call('SET', prefix .. claim, id .. ' ' .. fingerprint, 'PX', ttl)
end
redis.call('HSET', entryOf(id), 'client', client, 'seq', seq, 'claims', cjson.encode(wanted.claims), 'month', ARGV[7])
redis.call('PEXPIRE', entryOf(id), ttl)
redis.call('ZADD', open, seq, id .. ' ' .. client)
countUsage(client, ARGV[7], ARGV[8], 'swaps')
local own, parent = ownOf(client), parentOf(client)
local tokens = parent and tokensOf(parent)
for _, key in ipairs({ own, tokens }) do
  redis.call('ZADD', key, seq, id)
  -- Each new swap removes up to two expired ones, so that the index does not accumulate them.
  local oldest = redis.call('ZRANGE', key, 0, 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if redis.call('EXISTS', entryOf(oldest[i])) == 0 then
      redis.call('ZREM', key, oldest[i])
      if key == own then unlist(client, oldest[i], oldest[i + 1]) end
    end
  end
end
list(client, id, seq, ARGV[12], 'open', ttl)
for _, key in ipairs({ open, sequence, own, tokens }) do extend(key, ttl) end
-- As long as the index: if a list expired first, a reader would have to look through all swaps for those that it had.
for _, group in ipairs(groups) do extend(listOf(client, group), ttl) end
if ARGV[10] ~= '' then addConsent(id, ARGV[10], ARGV[11]) end
return false
