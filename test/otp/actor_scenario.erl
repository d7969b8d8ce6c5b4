%% actor_scenario: carries out the steps of a scenario of kind `actors`.
-module(actor_scenario).

-export([run/1]).

%% Rounds through all actors that must show the same, before a step counts as settled.
-define(SAME_ROUNDS, 3).

run(#{actors := Actors, steps := Steps}) ->
    %% A gen_server without a parent counts as its own, and its exits to itself as those of a parent: so this process is the parent.
    process_flag(trap_exit, true),
    Trace = trace_log:new(),
    [{ok, _} = gen_server:start_link(scenario_actor, {Trace, Actor}, []) || Actor <- Actors],
    {Lines, _} = lists:mapfoldl(fun(Step, N) -> {step(Trace, Step, N), N + 1} end, 1, Steps),
    [exit(Pid, kill) || Pid <- trace_log:all(Trace)],
    lists:append(Lines).

step(Trace, Step, N) ->
    watch(Trace),
    take_step(Trace, Step),
    [io_lib:format("step ~w", [N]) | trace_log:take(Trace)].

take_step(Trace, #{held := Held, steps := Acts}) ->
    Pid = trace_log:find(Trace, Held),
    erlang:suspend_process(Pid),
    [
        begin
            act(Trace, Act),
            settle(Trace, [Pid], none, 0)
        end
     || Act <- Acts
    ],
    %% It may be dead: exit signals do not wait.
    catch erlang:resume_process(Pid),
    settle(Trace, [], none, 0);
take_step(Trace, #{together := Acts}) ->
    [act(Trace, Act) || Act <- Acts],
    settle(Trace, [], none, 0);
take_step(Trace, Act) ->
    act(Trace, Act),
    settle(Trace, [], none, 0).

act(Trace, #{actor := Actor, ops := Ops}) ->
    case trace_log:find(Trace, Actor) of
        undefined -> ok;
        Pid -> gen_server:cast(Pid, {ops, Ops, none})
    end.

%% Actors that were spawned by others are watched, too, before they can end in a later step.
watch(Trace) ->
    [
        begin
            put({watched, Pid}, true),
            monitor(process, Pid)
        end
     || Pid <- trace_log:all(Trace), get({watched, Pid}) =:= undefined
    ].

%% A barrier goes through every mailbox, behind what was sent before. Chains of links need several rounds.
settle(Trace, Held, Before, Same) ->
    watch(Trace),
    Alive = [Pid || Pid <- lists:sort(trace_log:all(Trace)), not lists:member(Pid, Held), passed(Pid)],
    note_ends(Trace),
    Now = {Alive, trace_log:size(Trace)},
    Busy = trace_log:busy(Trace),
    if
        Busy ->
            timer:sleep(1),
            settle(Trace, Held, Now, 0);
        Now =:= Before, Same + 1 >= ?SAME_ROUNDS -> ok;
        Now =:= Before -> settle(Trace, Held, Now, Same + 1);
        true -> settle(Trace, Held, Now, 0)
    end.

passed(Pid) ->
    try gen_server:call(Pid, barrier, infinity) of
        ok -> true
    catch
        exit:_ -> false
    end.

note_ends(Trace) ->
    receive
        {'EXIT', _, _} ->
            note_ends(Trace);
        {'DOWN', _, process, Pid, Reason} ->
            trace_log:add(Trace, "~s ended ~s", [trace_log:id(Trace, Pid), trace_log:reason(Reason)]),
            note_ends(Trace)
    after 0 -> ok
    end.
