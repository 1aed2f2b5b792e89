-- Writes wrk's results for http-load.ts. Expects `wrong`, a global of each thread.
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
