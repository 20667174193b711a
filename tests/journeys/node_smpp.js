// A peer made of node-smpp, told what to do over HTTP on the loopback:
//
//   node node_smpp.js CONTROL_PORT
//
// POST / with {"do": ...} does one thing and answers with what came of it; GET / is the list of all
// that was heard so far. It is the carrier: its message centre, or an ESME that binds to a gateway.
'use strict';
const http = require('http');
const smpp = require('smpp');

const heard = [];
const sessions = []; // those that are bound, last bound last
let server = null; // where others bind to us
let silent = false; // take messages without a word
let hex = false; // receipts name in hexadecimal what responses name in decimal
let next = 4096; // message_id of the next message that is taken

const note = (what, more) => heard.push({ what, ...more });
const text = (pdu) => {
  const carried = pdu.short_message || pdu.message_payload || '';
  const found = carried.message === undefined ? carried : carried.message;
  return Buffer.isBuffer(found) ? found.toString('latin1') : String(found);
};

function forget(session) {
  const at = sessions.indexOf(session);
  if (at >= 0) sessions.splice(at, 1);
}

// What a session of ours does with what it hears, whoever connected.
function serve(session, secret) {
  session.on('error', (error) => note('error', { words: String(error) }));
  session.on('close', () => { forget(session); note('close', {}); });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { note('unbind', {}); session.send(pdu.response()); session.close(); });
  for (const command of ['bind_transceiver', 'bind_receiver', 'bind_transmitter']) {
    session.on(command, (pdu) => {
      const good = pdu.password === secret;
      note(command, { system_id: pdu.system_id, version: pdu.interface_version, good });
      session.kind = command;
      const status = good ? smpp.ESME_ROK : smpp.ESME_RINVPASWD;
      session.send(pdu.response({ command_status: status, system_id: 'node' }));
      if (good) sessions.push(session);
    });
  }
  for (const command of ['submit_sm', 'data_sm', 'deliver_sm']) {
    session.on(command, (pdu) => {
      note(command, {
        from: pdu.source_addr, to: pdu.destination_addr, text: text(pdu), esm_class: pdu.esm_class,
        reference: pdu.user_message_reference === undefined ? -1 : pdu.user_message_reference,
        registered: pdu.registered_delivery,
      });
      if (silent) return;
      const id = next++;
      session.send(pdu.response(command === 'deliver_sm' ? {} : { message_id: String(id) }));
      if (command !== 'deliver_sm' && pdu.registered_delivery & 1) receipt(pdu, id);
    });
  }
}

function receipt(pdu, id) {
  const spelt = hex ? id.toString(16).toUpperCase() : String(id);
  const session = sessions.filter((one) => one.kind !== 'bind_transmitter').pop();
  if (!session) return;
  session.deliver_sm({
    source_addr: pdu.destination_addr, source_addr_ton: pdu.dest_addr_ton,
    destination_addr: pdu.source_addr, esm_class: 4,
    short_message: `id:${spelt} sub:001 dlvrd:001 submit date:2101010000 done date:2101010000 ` +
      'stat:DELIVRD err:000 text:',
  });
}

const answers = {
  // The message centre.
  serve: (order, done) => {
    server = smpp.createServer((session) => { note('session', {}); serve(session, order.password); });
    server.listen(order.port, '127.0.0.1', () => done({}));
  },
  close: (_order, done) => {
    server.close();
    for (const session of [...server.sessions]) session.destroy();
    done({});
  },
  silent: (order, done) => { silent = order.on; done({}); },
  hex: (order, done) => { hex = order.on; done({}); },
  // Asks an ESME to bind.
  outbind: (order, done) => {
    const session = smpp.connect({ host: '127.0.0.1', port: order.port });
    serve(session, order.expects);
    session.on('connect', () => {
      session.outbind({ system_id: order.system_id, password: order.password });
      done({});
    });
  },
  // Waits to be asked to bind, and binds on that connection.
  await_outbind: (order, done) => {
    server = smpp.createServer((session) => {
      serve(session, '');
      session.on('outbind', (pdu) => {
        note('outbind', { system_id: pdu.system_id, password: pdu.password });
        session.bind_transceiver({ system_id: order.system_id, password: order.password }, (answer) => {
          session.kind = 'ours';
          if (!answer.command_status) sessions.push(session);
        });
      });
    });
    server.listen(order.port, '127.0.0.1', () => done({}));
  },
  // Binds to a message centre.
  bind: (order, done) => {
    const session = smpp.connect({ host: '127.0.0.1', port: order.port });
    serve(session, '');
    session.on('connect', () => session[order.kind || 'bind_transceiver']({
      system_id: order.system_id, password: order.password, interface_version: order.version || 0x34,
    }, (pdu) => {
      session.kind = 'ours';
      if (!pdu.command_status) sessions.push(session);
      done({ status: pdu.command_status, version: pdu.sc_interface_version });
    }));
  },
  // Sends any request over the session that bound last: {"do": "send", "command": ..., "fields": ...}
  send: (order, done) => {
    const session = sessions[sessions.length - 1];
    session[order.command](order.fields, (pdu) => done({
      status: pdu.command_status, command: pdu.command, message_id: pdu.message_id,
      state: pdu.message_state, congestion: pdu.congestion_state, unsuccess: pdu.unsuccess_sme,
    }));
  },
  unbind: (_order, done) => sessions[sessions.length - 1].unbind((pdu) => done({ status: pdu.command_status })),
};

http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const say = (what) => response.end(JSON.stringify(what));
    if (request.method === 'GET') return say({ heard, bound: sessions.length });
    const order = JSON.parse(body);
    return answers[order.do](order, say);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
