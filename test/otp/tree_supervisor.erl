%% tree_supervisor: OTP's supervisor, made from the specs of a scenario.
-module(tree_supervisor).
-behaviour(supervisor).

-export([start_link/2, child_spec/2, init/1]).

start_link(Trace, Spec) ->
    supervisor:start_link(?MODULE, {Trace, Spec}).

init({Trace, #{id := Id, strategy := Strategy, restarts := Restarts, periodMs := PeriodMs} = Spec}) ->
    trace_log:born(Trace, Id, self()),
    Flags = #{
        strategy => atom(Strategy),
        intensity => Restarts,
        period => period(PeriodMs),
        auto_shutdown => atom(maps:get(autoShutdown, Spec, never))
    },
    {ok, {Flags, [child_spec(Trace, Child) || Child <- maps:get(children, Spec)]}}.

%% OTP counts in seconds: scenarios name whole ones, or wrong ones on purpose.
period(Ms) when is_integer(Ms), Ms rem 1000 =:= 0 -> Ms div 1000;
period(Ms) -> Ms.

child_spec(Trace, #{id := Id, restart := Restart, shutdownMs := Shutdown} = Spec) ->
    Common = #{
        id => Id,
        restart => Restart,
        shutdown => shutdown(Shutdown),
        significant => maps:get(significant, Spec, false)
    },
    case Spec of
        #{supervisor := Nested} ->
            Common#{type => supervisor, start => {?MODULE, start_link, [Trace, Nested#{id => Id}]}};
        _ ->
            Common#{type => worker, start => {tree_child, start_link, [Trace, Spec]}}
    end.

shutdown(0) -> brutal_kill;
shutdown(Ms) -> Ms.

atom(oneForOne) -> one_for_one;
atom(oneForAll) -> one_for_all;
atom(restForOne) -> rest_for_one;
atom(template) -> simple_one_for_one;
atom(anySignificant) -> any_significant;
atom(allSignificant) -> all_significant;
atom(Other) -> Other.
