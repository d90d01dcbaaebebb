"""HTTP/2 in the clear, one request: a client that cannot lose an answer.

A refusal may overtake the request: the proxy then resets what is left of it (RFC 9113, 8.1), or closes, and a client that
takes this for an error drops the answer it has. An answer may also come after a GOAWAY, where the `h2` library refuses to
read on. So frames are read as they come, and whatever was told stays told.
No window is ever raised: the answers here are far smaller than the first one.
"""
import hpack
from hpack.exceptions import HPACKError
from hyperframe.exceptions import HyperframeError, InvalidFrameError
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame,
                              SettingsFrame)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STREAM = 1
FRAME_HEAD = 9
EMPTY_MESSAGE = b"\0\0\0\0\0"  # of gRPC: not compressed, no bytes


class Answer:
    """What the server has told so far."""

    def __init__(self):
        self.status = None
        self.headers = {}  # trailers come here, too
        self.body = b""
        self.whole = False
        self.broken = False  # what came is no HTTP/2, or ended within a frame
        self.end = "end of the connection"  # why nothing more came

    def heard(self, headers):
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        status = told.pop(":status", "")
        if status.startswith("1"):
            return
        if status:
            self.status = int(status)
        self.headers |= told

    def result(self, grpc):
        """{status, body}: `closed` is no answer at all, `cut` one that broke off, and neither is taken for the other."""
        if self.status is None:
            return {"status": "cut" if self.broken else "closed", "body": "", "reason": self.end}
        code = self.headers.get("grpc-status") if grpc else None
        if code is not None:
            status = 200 if code == "0" else f"grpc-status {code}"
        elif not self.whole:
            status = "cut"
        else:
            status = "grpc-status missing" if grpc and self.status == 200 else self.status
        body = self.body.decode("latin-1")
        if grpc:
            body = "".join(f"{name}: {value}\n" for name, value in self.headers.items()) + body
        return {"status": status, "body": body, "reason": "" if self.whole else self.end}


def exchange(channel, ask):
    """Sends the whole request at once, and reads until the answer has ended or none can come."""
    answer = Answer()
    say(channel, PREFACE + SettingsFrame(0).serialize() + request(ask))
    try:
        listen(channel, answer)
    except (HyperframeError, HPACKError) as error:
        answer.broken = True
        answer.end = f"{type(error).__name__}: {error}"
    except ConnectionError as error:
        answer.end = type(error).__name__
    return answer.result(ask["grpc"])


def say(channel, data):
    """Whoever hangs up on us may have answered before: that is found by reading."""
    try:
        channel.sendall(data)
    except ConnectionError:
        pass


def request(ask):
    headers = [(":method", ask["method"]), (":scheme", "http"), (":authority", ask["host"]), (":path", ask["path"])]
    for name, values in ask["headers"].items():
        headers += [(name.lower(), str(value)) for value in (values if isinstance(values, list) else [values])]
    if ask["grpc"]:
        headers += [("content-type", "application/grpc"), ("te", "trailers")]
    head = HeadersFrame(STREAM, hpack.Encoder().encode(headers), flags=["END_HEADERS"])
    if not ask["grpc"]:
        head.flags.add("END_STREAM")
        return head.serialize()
    return head.serialize() + DataFrame(STREAM, EMPTY_MESSAGE, flags=["END_STREAM"]).serialize()


def frames(channel):
    """Every frame up to the end of the connection."""
    buffered = b""
    while True:
        more = channel.recv(65536)
        if not more:
            if buffered:
                raise InvalidFrameError(f"ends within a frame: {buffered[:40]}")
            return
        buffered += more
        while len(buffered) >= FRAME_HEAD:
            frame, length = Frame.parse_frame_header(memoryview(buffered[:FRAME_HEAD]))
            if len(buffered) < FRAME_HEAD + length:
                break
            frame.parse_body(memoryview(buffered[FRAME_HEAD:FRAME_HEAD + length]))
            buffered = buffered[FRAME_HEAD + length:]
            yield frame


def listen(channel, answer):
    decoder, block, ends = hpack.Decoder(), b"", False
    for frame in frames(channel):
        if isinstance(frame, (SettingsFrame, PingFrame)) and "ACK" not in frame.flags:
            payload = {"opaque_data": frame.opaque_data} if isinstance(frame, PingFrame) else {}
            say(channel, type(frame)(0, flags=["ACK"], **payload).serialize())
        elif isinstance(frame, (HeadersFrame, ContinuationFrame)):
            block += frame.data
            ends = ends or "END_STREAM" in frame.flags
            if "END_HEADERS" in frame.flags:
                answer.heard(decoder.decode(block, raw=True))
                block, answer.whole = b"", ends
        elif isinstance(frame, DataFrame):
            answer.body += frame.data
            answer.whole = "END_STREAM" in frame.flags
        elif isinstance(frame, RstStreamFrame):
            answer.end = f"RST_STREAM {frame.error_code}"
            return
        elif isinstance(frame, GoAwayFrame) and frame.last_stream_id < STREAM:
            answer.end = f"GOAWAY {frame.error_code}"
            return
        if answer.whole:
            return
