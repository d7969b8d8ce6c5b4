%% tree_scenario: carries out the steps of a scenario of kind `tree` and tells what became of the tree after each.
-module(tree_scenario).

-export([run/1]).

-define(SETTLE_MS_MAX, 10000).
%% Rounds through the whole tree that must show the same, before it counts as settled.
-define(SAME_ROUNDS, 2).

run(#{tree := Tree, steps := Steps}) ->
    process_flag(trap_exit, true),
    Trace = trace_log:new(),
    Top = maps:get(id, Tree),
    case tree_supervisor:start_link(Trace, Tree) of
        {ok, _} -> ok;
        {error, Reason} -> refused(Trace, failure(Reason))
    end,
    First = ["step 0" | report(Trace, Top)],
    {Lines, _} = lists:mapfoldl(fun(Step, N) -> {step(Trace, Top, Step, N), N + 1} end, 1, Steps),
    stop(Trace),
    First ++ lists:append(Lines).

%% How a supervisor with a wrong spec ends is no one's concern: ours does not even begin.
refused(Trace, "BAD_SPEC") ->
    put(ended, "refused"),
    trace_log:add(Trace, "answer start BAD_SPEC", []);
refused(Trace, Code) ->
    trace_log:add(Trace, "answer start ~s", [Code]).

step(Trace, Top, Step, N) ->
    do(Trace, Top, Step),
    [io_lib:format("step ~w", [N]) | report(Trace, Top)].

%% What is left must not disturb other scenarios.
stop(Trace) ->
    [exit(Pid, kill) || Pid <- trace_log:all(Trace)].

%% --- steps ---

do(Trace, _Top, #{do := 'end', id := Id, how := How}) ->
    case alive(Trace, Id) of
        undefined -> trace_log:add(Trace, "answer end ~s noproc", [Id]);
        Pid -> await_end(finish(Pid, How))
    end;
do(Trace, _Top, #{do := endTogether, ids := Ids, how := How, requests := Requests}) ->
    %% The supervisors are held, so that they find all these ends at once, in this order.
    Supervisors = [Pid || #{pid := Pid} <- supervisors(Trace)],
    [erlang:suspend_process(Pid) || Pid <- Supervisors],
    [await_end(finish(Pid, How)) || Id <- Ids, (Pid = alive(Trace, Id)) =/= undefined],
    Asked = [{Verb, ask(Trace, Request)} || #{do := Verb} = Request <- Requests],
    [erlang:resume_process(Pid) || Pid <- Supervisors],
    %% Told behind all that comes of them: when the driver hears an answer is a matter of time.
    Answers = [["answer ", atom_to_list(Verb), " ", await_answer(Asking)] || {Verb, Asking} <- Asked],
    put(answers, Answers);
do(_Trace, _Top, #{do := wait, ms := Ms}) ->
    timer:sleep(Ms);
do(Trace, Top, #{do := stop}) ->
    case alive(Trace, Top) of
        undefined -> trace_log:add(Trace, "answer stop noproc", []);
        Pid -> exit(Pid, shutdown)
    end;
do(Trace, _Top, #{do := Verb} = Request) ->
    trace_log:add(Trace, "answer ~s ~s", [Verb, await_answer(ask(Trace, Request))]).

finish(Pid, How) ->
    Monitor = monitor(process, Pid),
    case How of
        kill -> exit(Pid, kill);
        _ -> gen_server:cast(Pid, {finish, How})
    end,
    Monitor.

await_end(Monitor) ->
    receive
        {'DOWN', Monitor, process, _, _} -> ok
    end.

ask(Trace, #{supervisor := Id} = Request) ->
    gen_server:send_request(trace_log:find(Trace, Id), message(Trace, Request)).

%% What supervisor:start_child/2 and the others send.
message(Trace, #{do := startChild, child := Child}) ->
    {start_child, tree_supervisor:child_spec(Trace, Child)};
message(_Trace, #{do := startChild, fromTemplate := Id}) ->
    {start_child, [Id]};
message(Trace, #{do := terminateChild, fromTemplate := Id}) ->
    {terminate_child, pid(trace_log:find(Trace, Id))};
message(_Trace, #{do := terminateChild, id := Id}) ->
    {terminate_child, Id};
message(_Trace, #{do := restartChild, id := Id}) ->
    {restart_child, Id};
message(_Trace, #{do := deleteChild, id := Id}) ->
    {delete_child, Id}.

%% A child that was never started is asked for by a living pid that is nobody's child: to a dead one OTP answers ok, since it
%% may have been a child, and anything but a pid is a bad call.
pid(undefined) -> self();
pid(Pid) -> Pid.

await_answer(Asking) ->
    case gen_server:receive_response(Asking, infinity) of
        {reply, Answer} -> answer(Answer);
        {error, _} -> "noproc"
    end.

answer(ok) -> "ok";
answer({ok, _}) -> "ok";
answer({error, Reason}) -> failure(Reason).

failure({already_started, _}) -> "CHILD_EXISTS";
failure(already_present) -> "CHILD_EXISTS";
failure(not_found) -> "CHILD_NOT_FOUND";
failure(running) -> "CHILD_RUNNING";
failure(restarting) -> "CHILD_RUNNING";
failure({What, Child}) when element(1, Child) =:= child -> failure(What);
failure({{crash, _}, _}) -> "CHILD_START_FAILED";
failure({shutdown, _}) -> "CHILD_START_FAILED";
failure(_) -> "BAD_SPEC".

%% --- what became of the tree ---

report(Trace, Top) ->
    Supervisors = settle(Trace, Top, none, 0, erlang:monotonic_time(millisecond) + ?SETTLE_MS_MAX),
    Lines = trace_log:take(Trace) ++ answers(erase(answers)),
    Lines ++ [describe(Trace, Supervisor) || Supervisor <- Supervisors] ++ [top(Trace, Top)].

answers(undefined) -> [];
answers(Answers) -> Answers.

describe(Trace, #{id := Id, children := Children}) ->
    Names = [child(Trace, Child) || Child <- Children],
    io_lib:format("children ~s: ~s", [Id, lists:join(" ", Names)]).

child(_Trace, {Id, Pid, supervisor, _}) when is_pid(Pid) -> atom_to_list(Id);
child(Trace, {_Id, Pid, worker, _}) when is_pid(Pid) -> trace_log:name(Trace, Pid);
child(_Trace, {Id, State, _, _}) -> io_lib:format("~s=~s", [Id, State]).

top(Trace, Top) ->
    case get(ended) of
        undefined -> note_end(Trace, Top);
        Reason -> ["top ended ", Reason]
    end.

note_end(Trace, Top) ->
    case alive(Trace, Top) of
        undefined ->
            receive
                {'EXIT', _, Reason} -> put(ended, trace_log:reason(Reason))
            after 1000 -> put(ended, "unknown")
            end,
            ["top ended ", get(ended)];
        _ ->
            "top alive"
    end.

%% Questions go through the mailboxes of all supervisors, from top to bottom, behind the news of every end. The tree is settled when
%% two rounds show the same, nothing is being restarted, nothing new was told, and nobody lives who is not in the tree.
settle(Trace, Top, Before, Same, Deadline) ->
    Supervisors = supervisors(Trace, Top),
    Now = {Supervisors, trace_log:size(Trace)},
    Strays = [Pid || Pid <- trace_log:all(Trace), is_process_alive(Pid)] -- pids(Supervisors),
    Settled = Strays =:= [] andalso not restarting(Supervisors),
    Late = erlang:monotonic_time(millisecond) > Deadline,
    if
        Settled, Now =:= Before, Same + 1 >= ?SAME_ROUNDS -> Supervisors;
        Late -> exit({not_settled, Now, Strays});
        Settled, Now =:= Before -> settle(Trace, Top, Now, Same + 1, Deadline);
        true ->
            %% Someone still works; others may go on meanwhile.
            erlang:yield(),
            settle(Trace, Top, Now, 0, Deadline)
    end.

pids(Supervisors) ->
    lists:append([[Pid | [Child || {_, Child, _, _} <- Children, is_pid(Child)]] || #{pid := Pid, children := Children} <- Supervisors]).

restarting(Supervisors) ->
    lists:any(fun(#{children := Children}) -> lists:keymember(restarting, 2, Children) end, Supervisors).

supervisors(Trace) ->
    [#{pid => Pid} || Pid <- trace_log:all(Trace), is_process_alive(Pid), is_supervisor(Pid)].

is_supervisor(Pid) ->
    case process_info(Pid, dictionary) of
        {dictionary, Dictionary} -> lists:member({'$initial_call', {supervisor, tree_supervisor, 1}}, Dictionary);
        undefined -> false
    end.

%% The supervisors of the tree that answer, each before those below it, with their children in start order.
supervisors(Trace, Id) ->
    case alive(Trace, Id) of
        undefined -> [];
        Pid -> supervisors_below(Id, Pid)
    end.

supervisors_below(Id, Pid) ->
    try supervisor:which_children(Pid) of
        NewestFirst ->
            Children = in_start_order(NewestFirst),
            Below = [supervisors_below(ChildId, Child) || {ChildId, Child, supervisor, _} <- Children, is_pid(Child)],
            [#{id => Id, pid => Pid, children => Children} | lists:append(Below)]
    catch
        exit:_ -> []
    end.

%% A supervisor with a template keeps its children in a map: their pids, which only grow here, tell the order.
in_start_order([{undefined, _, _, _} | _] = Children) -> lists:keysort(2, Children);
in_start_order(NewestFirst) -> lists:reverse(NewestFirst).

alive(Trace, Id) ->
    case trace_log:find(Trace, Id) of
        Pid when is_pid(Pid) ->
            case is_process_alive(Pid) of
                true -> Pid;
                false -> undefined
            end;
        undefined ->
            undefined
    end.
