-- Overwrites the record of a pending swap.
--
-- Several instances write, and Redis may execute a command long after its sender has abandoned it. So a write that would
-- revert a swap is ignored: PROCESSING never becomes QUEUED, ModelsLab's id is never lost, and a finished swap gets no
-- pending record.
--
-- A swap that may be at ModelsLab is always re-added to the open ones: if Redis has lost the index, nothing else would
-- restore it.
--
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] expiresAt, ms since the epoch
-- Reply: 1 written, 0 outdated

local id, record, expiresAt = ARGV[2], ARGV[3], ARGV[4]
local pending, ended = prefix .. 'pending:' .. id, prefix .. 'ended:' .. id
local function rank(text)
  local swap = cjson.decode(text).value
  if swap.status ~= 'PROCESSING' then return 0 end
  return swap.modelsLabId and 2 or 1
end
if redis.call('EXISTS', ended) == 1 then return 0 end
local old = redis.call('GET', pending)
if old and rank(old) > rank(record) then return 0 end
redis.call('SET', pending, record, 'PXAT', expiresAt)
local swap, entry = cjson.decode(record).value, entryOf(id)
if (swap.status == 'PROCESSING' or swap.submittingSince) and redis.call('EXISTS', entry) == 0 then
  local client = string.gsub(swap.client, "[^%w%-_%.!~%*'%(%)]", function(character)
    return string.format('%%%02X', string.byte(character))
  end)
  local own = ownOf(client)
  local seq = redis.call('INCR', sequence)
  redis.call('HSET', entry, 'client', client, 'seq', seq, 'claims', '[]')
  redis.call('ZADD', open, seq, id .. ' ' .. client)
  redis.call('ZADD', own, seq, id)
  local parent = parentOf(client)
  local tokens = parent and tokensOf(parent)
  if tokens then redis.call('ZADD', tokens, seq, id) end
  for _, key in ipairs({ entry, sequence, open, own, tokens }) do redis.call('PEXPIREAT', key, expiresAt) end
  list(client, id, seq, swap.createdAt, 'open', redis.call('PTTL', entry))
end
return 1
