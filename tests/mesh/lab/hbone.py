"""HBONE, as ztunnel speaks it: HTTP/2 in the mesh's mutual TLS, and in it one CONNECT, whose data is the client's connection.

https://github.com/istio/ztunnel/blob/master/ARCHITECTURE.md
"""
import ssl

import hpack
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from http2 import PREFACE, STREAM, frames

MOST = 16384  # of a frame


class Tunnel:
    """A connection to what `dialled` names, through the proxy at the other end of `channel`."""

    def __init__(self, channel, ask):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.set_alpn_protocols(["h2"])
        made.load_cert_chain(ask["certificate"], ask["key"])
        self.channel = made.wrap_socket(channel)
        self.frames = frames(self.channel)
        self.buffered, self.ended = b"", False
        head = hpack.Encoder().encode({":method": "CONNECT", ":authority": ask["dialled"]})
        self.channel.sendall(PREFACE + SettingsFrame(0).serialize() + HeadersFrame(STREAM, head, flags=["END_HEADERS"]).serialize())
        self.status = None
        while self.status is None and not self.ended:
            self.step()

    def step(self):
        """Takes one frame; an end of the stream, or of the connection, is the end of what is inside."""
        frame = next(self.frames, None)
        if frame is None or isinstance(frame, (RstStreamFrame, GoAwayFrame)):
            self.ended = True
        elif isinstance(frame, (SettingsFrame, PingFrame)) and "ACK" not in frame.flags:
            payload = {"opaque_data": frame.opaque_data} if isinstance(frame, PingFrame) else {}
            self.channel.sendall(type(frame)(0, flags=["ACK"], **payload).serialize())
        elif isinstance(frame, HeadersFrame):
            told = dict(hpack.Decoder().decode(frame.data)) if self.status is None else {}
            self.status = self.status or int(told[":status"])
        elif isinstance(frame, DataFrame):
            self.buffered += frame.data
            if frame.data:
                for stream in (0, STREAM):
                    self.channel.sendall(WindowUpdateFrame(stream, window_increment=len(frame.data)).serialize())
        if frame is not None and frame.stream_id == STREAM and "END_STREAM" in frame.flags:
            self.ended = True

    def sendall(self, data):
        for at in range(0, len(data), MOST):
            self.channel.sendall(DataFrame(STREAM, data[at:at + MOST]).serialize())

    def recv(self, size):
        while not self.buffered and not self.ended:
            self.step()
        told, self.buffered = self.buffered[:size], self.buffered[size:]
        return told
