// A worker: says what it was given, or does what it was told to do wrong.
export default {
  async fetch(request) {
    const given = await request.json();
    if (given.redirect) return Response.redirect("http://192.0.2.1/", 302);
    if (given.fail) throw new Error("no such image");
    if (given.busy) return Response.json({ error: "busy" }, { status: 429, headers: { "retry-after": "0" } });
    if (given.large) return new Response(new ReadableStream({
      pull(controller) { controller.enqueue(new Uint8Array(65536).fill(49)); },
    }));
    if (given.text) return new Response("plain words");
    return Response.json({
      got: given,
      key: request.headers.get("idempotency-key"),
      deadline: request.headers.get("x-request-deadline"),
      event: request.headers.get("ce-type"),
    });
  },
};
