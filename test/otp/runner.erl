%% runner: runs every scenario of a file and prints their traces.
%%
%% Scenarios run side by side, so that those that wait for a time-out do not wait for each other. Each one prints a line
%% `@ <its id>` and then its trace, which scenario.ts describes.
-module(runner).

-export([main/1]).

-define(AT_ONCE, 24).

main([File]) ->
    %% Crashes are what is tested here: nobody wants to read of them.
    ok = logger:set_primary_config(level, none),
    {ok, Scenarios} = file:consult(File),
    run(Scenarios, 0),
    halt(0).

run([], 0) ->
    ok;
run([Scenario | Rest], Running) when Running < ?AT_ONCE ->
    spawn_monitor(fun() -> exit({maps:get(id, Scenario), trace_of(Scenario)}) end),
    run(Rest, Running + 1);
run(Waiting, Running) ->
    receive
        {'DOWN', _, process, _, {Id, Lines}} ->
            io:put_chars([io_lib:format("@ ~w~n", [Id]), [[Line, $\n] || Line <- Lines]]),
            run(Waiting, Running - 1)
    end.

%% A scenario that cannot be carried out shows so in its trace.
trace_of(Scenario) ->
    try
        carry_out(Scenario)
    catch
        _:Reason:Stack -> [io_lib:format("failed: ~0p ~0p", [Reason, Stack])]
    end.

carry_out(#{kind := tree} = Scenario) -> tree_scenario:run(Scenario);
carry_out(#{kind := actors} = Scenario) -> actor_scenario:run(Scenario).
