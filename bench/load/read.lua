-- wrk -s read.lua URL -- TASK: sends the cases' requests in turn and compares every response with the expected one.
-- TASK is a Lua file that returns {authorization, cases}, a case being {id, request, answer}.
local answers = {}
local requests = {}
local turn = 0
wrong = 0

function init(args)
  wrk.method = 'POST'
  wrk.headers['content-type'] = 'application/json'
  local task = dofile(args[1])
  wrk.headers['authorization'] = task.authorization
  for index, case in ipairs(task.cases) do
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

dofile(debug.getinfo(1, 'S').source:match('^@(.*)read.lua$') .. 'result.lua')
