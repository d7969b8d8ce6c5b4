%% trace_log: the account of one scenario, in the order in which things really happened, and the words for it.
%%
%% A table and not a process collects it: an entry is there as soon as its writer goes on.
-module(trace_log).

-export([new/0, add/3, size/1, take/1, busy_for/2, busy/1]).
-export([born/3, find/2, id/2, name/2, all/1]).
-export([reason/1]).

new() ->
    ets:new(?MODULE, [public, ordered_set]).

add(Trace, Format, Arguments) ->
    Line = lists:flatten(io_lib:format(Format, Arguments)),
    ets:insert(Trace, {{line, erlang:unique_integer([monotonic])}, Line}),
    ets:update_counter(Trace, size, 1, {size, 0}),
    ok.

%% How many lines there ever were.
size(Trace) ->
    case ets:lookup(Trace, size) of
        [{size, Size}] -> Size;
        [] -> 0
    end.

%% The lines since the last time.
take(Trace) ->
    Lines = ets:select(Trace, [{{{line, '_'}, '$1'}, [], ['$1']}]),
    ets:match_delete(Trace, {{line, '_'}, '_'}),
    Lines.

%% A timer of a step runs so long: the step is not settled before.
busy_for(Trace, Ms) ->
    ets:insert(Trace, {{busy, erlang:unique_integer()}, now_ms() + Ms}).

busy(Trace) ->
    Now = now_ms(),
    ets:select_delete(Trace, [{{{busy, '_'}, '$1'}, [{'<', '$1', Now}], [true]}]),
    ets:match(Trace, {{busy, '_'}, '$1'}, 1) =/= '$end_of_table'.

now_ms() ->
    erlang:monotonic_time(millisecond).

%% --- processes by name ---

%% A process has begun as `Id`; returns how many there were under this name, itself included.
born(Trace, Id, Pid) ->
    N = ets:update_counter(Trace, {count, Id}, 1, {{count, Id}, 0}),
    ets:insert(Trace, [{{pid, Id}, Pid}, {{id, Pid}, Id}, {{count, Pid}, N}]),
    N.

find(Trace, Id) ->
    case ets:lookup(Trace, {pid, Id}) of
        [{_, Pid}] -> Pid;
        [] -> undefined
    end.

id(Trace, Pid) ->
    ets:lookup_element(Trace, {id, Pid}, 2).

%% `a#2`: the second incarnation of `a`.
name(Trace, Pid) ->
    io_lib:format("~s#~w", [id(Trace, Pid), ets:lookup_element(Trace, {count, Pid}, 2)]).

all(Trace) ->
    ets:select(Trace, [{{{id, '$1'}, '_'}, [], ['$1']}]).

%% --- exit reasons, in the words that both sides use; see vocabulary.ts ---

reason({shutdown, {failed_to_start_child, _, _}}) -> "{shutdown,failedToStart}";
reason({shutdown, Reason}) when is_atom(Reason) -> io_lib:format("{shutdown,~s}", [Reason]);
%% A link to the dead raises in a caller that does not trap what is a signal to one that does. To us it is always a signal.
reason({noproc, [{erlang, link, _, _} | _]}) -> "noproc";
reason({{crash, Text}, Stack}) when is_list(Stack) -> io_lib:format("crash:~s", [Text]);
reason({crash, Text}) -> io_lib:format("crash:~s", [Text]);
reason(Reason) when is_atom(Reason) -> atom_to_list(Reason);
reason(Reason) -> io_lib:format("other:~0p", [Reason]).
