"""A client of MCP, with the code that its maintainers publish: `python mcp_client.py URL TOOL` connects, asks for the tools,
and calls one of them. Prints one JSON object: {status, body, reason}.
"""
import asyncio
import json
import sys

from mcp import Client


async def call(url, tool):
    async with Client(url) as client:
        listed = [each.name for each in (await client.list_tools()).tools]
        answer = await client.call_tool(tool, {"text": "this"})
        return {"status": 200, "body": f"{' '.join(listed)}: {answer.content[0].text}"}


def main():
    try:
        print(json.dumps(asyncio.run(call(*sys.argv[1:]))))
    except Exception as error:  # whatever it is, the row says what was expected
        print(json.dumps({"status": "closed", "body": "", "reason": f"{type(error).__name__}: {error}"}))


main()
