-- wrk -s read.lua URL -- CASES: sends the cases' requests in turn and compares every answer with the one that belongs to it.
-- CASES is a Lua file that returns a list of {id, request, answer}.
local answers = {}
local requests = {}
local turn = 0
wrong = 0

function init(args)
  wrk.method = 'POST'
  wrk.headers['content-type'] = 'application/json'
  local cases = dofile(args[1])
  wrk.headers['authorization'] = cases.authorization
  for index, case in ipairs(cases) do
    requests[index] = wrk.format(nil, '/graphql', nil, case.request)
    answers[case.id] = case.answer
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, headers, body)
  local id = body:match('"id":"([^"]+)"')
  if status ~= 200 or answers[id] ~= body then wrong = wrong + 1 end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local wrongs = 0
  for _, thread in ipairs(threads) do wrongs = wrongs + thread:get('wrong') end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"wrong":%d,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    wrongs, errors.connect + errors.read + errors.write + errors.timeout))
end
