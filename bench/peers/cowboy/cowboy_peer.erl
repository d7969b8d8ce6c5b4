%% Cowboy: one process per connection, hibernated while it idles. Prints {"port":N}; ends with its standard input.
%%
%% As cowboy's guide has it: a message is encoded once and sent to the process of every connection, which writes it to its socket.
%% A process that has just written does not hibernate: that would collect its garbage for each message.
-module(cowboy_peer).
-export([main/1, init/2, websocket_init/1, websocket_handle/2, websocket_info/2, terminate/3]).

-define(PING_MS, 30000).

main(_) ->
    {ok, _} = application:ensure_all_started(cowboy),
    ets:new(members, [named_table, public, set, {write_concurrency, true}, {read_concurrency, true}]),
    ets:new(seq, [named_table, public, set]),
    ets:insert(seq, {seq, 0}),
    register(broadcaster, spawn(fun() -> broadcaster() end)),
    Dispatch = cowboy_router:compile([{'_', [{"/v1/socket", ?MODULE, []}]}]),
    Transport = #{max_connections => infinity,
                  socket_opts => [{ip, {127, 0, 0, 1}}, {port, 0}, {backlog, 4096}]},
    {ok, _} = cowboy:start_clear(peer, Transport, #{env => #{dispatch => Dispatch}}),
    io:format("{\"port\":~b}~n", [ranch:get_port(peer)]),
    until_closed(),
    halt(0).

until_closed() ->
    case io:get_line("") of
        eof -> ok;
        {error, _} -> ok;
        _ -> until_closed()
    end.

init(Req, State) ->
    {cowboy_websocket, Req, State, #{idle_timeout => infinity, compress => false}}.

websocket_init(State) ->
    erlang:send_after(?PING_MS, self(), ping),
    {[{text, hello()}], State}.

websocket_handle({text, <<"{\"op\":\"identify\"", _/binary>>}, State) ->
    ets:insert(members, {self()}),
    {[{text, ready()}], State, hibernate};
websocket_handle({text, <<"{\"op\":\"send\"", _/binary>> = Frame}, State) ->
    {match, [To, Id, Body]} =
        re:run(Frame, "\"to\":\"([^\"]*)\",\"id\":\"([^\"]*)\",\"body\":\"([^\"]*)\"",
               [{capture, all_but_first, binary}]),
    Seq = integer_to_binary(ets:update_counter(seq, seq, 1)),
    At = integer_to_binary(erlang:system_time(millisecond)),
    MessageId = [<<"1000000000000000">>, string:pad(Seq, 3, leading, $0)],
    Message = iolist_to_binary([
        <<"{\"op\":\"message\",\"conversation\":\"">>, To, <<"\",\"seq\":">>, Seq, <<",\"messageId\":\"">>,
        MessageId, <<"\",\"id\":\"">>, Id, <<"\",\"author\":\"load-owner\",\"device\":\"load\",\"at\":">>, At,
        <<",\"body\":\"">>, Body, <<"\",\"kind\":\"text\"}">>]),
    broadcaster ! {publish, self(), Message},
    Sent = [<<"{\"op\":\"sent\",\"to\":\"">>, To, <<"\",\"id\":\"">>, Id, <<"\",\"seq\":">>, Seq,
            <<",\"messageId\":\"">>, MessageId, <<"\",\"at\":">>, At, <<",\"duplicate\":false}">>],
    {[{text, Sent}], State};
websocket_handle(_, State) ->
    {[], State, hibernate}.

websocket_info({message, Frame}, State) ->
    {[{text, Frame}], State};
websocket_info(ping, State) ->
    erlang:send_after(?PING_MS, self(), ping),
    {[ping], State, hibernate};
websocket_info(_, State) ->
    {[], State, hibernate}.

terminate(_, _, _) ->
    ets:delete(members, self()),
    ok.

broadcaster() ->
    receive
        {publish, From, Frame} ->
            ets:foldl(fun({Pid}, _) when Pid =/= From -> Pid ! {message, Frame}, ok;
                         (_, _) -> ok
                      end, ok, members),
            broadcaster()
    end.

hello() ->
    <<"{\"op\":\"hello\",\"node\":\"peer\",\"heartbeatMs\":30000,\"identifyMs\":10000,"
      "\"limits\":{\"frameBytes\":524288,\"bodyChars\":100000,\"eventsPerMinute\":720}}">>.

ready() ->
    <<"{\"op\":\"ready\",\"session\":\"none\",\"resume\":\"none\",\"user\":{\"id\":\"peer\"},\"device\":\"load\","
      "\"inbox\":0,\"conversations\":[],\"guilds\":[]}">>.
