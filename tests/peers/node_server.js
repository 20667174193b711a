// A message centre on node-smpp: PORT TO on the command line. It does all that the library leaves
// to its user: passwords, the state of the session, and refusing what does not go to TO.
'use strict';
const smpp = require('smpp');

const [port, to] = process.argv.slice(2);
const ACCOUNTS = {conform: 'secret1'};
const SENDING = ['submit_sm', 'data_sm', 'submit_multi', 'query_sm', 'cancel_sm', 'replace_sm'];
const BINDS = ['bind_transceiver', 'bind_transmitter', 'bind_receiver'];
let messages = 0;

const server = smpp.createServer((session) => {
  let bound = '';
  const answer = (pdu, status, more) =>
    session.send(pdu.response(Object.assign({command_status: status}, more)));

  session.on('error', () => session.close());
  for (const bind of BINDS) {
    session.on(bind, (pdu) => {
      if (bound) {
        answer(pdu, smpp.ESME_RALYBND);
      } else if (ACCOUNTS[pdu.system_id] !== pdu.password) {
        answer(pdu, smpp.ESME_RBINDFAIL);
        session.close();
      } else {
        bound = bind;
        const version = pdu.interface_version >= 0x34 ? {sc_interface_version: 0x34} : {};
        answer(pdu, smpp.ESME_ROK, Object.assign({system_id: 'node-smpp'}, version));
      }
    });
  }
  for (const command of SENDING) {
    session.on(command, (pdu) => {
      if (!bound || bound === 'bind_receiver') {
        answer(pdu, smpp.ESME_RINVBNDSTS);
      } else if (command !== 'submit_sm' && command !== 'data_sm') {
        answer(pdu, smpp.ESME_RINVCMDID);
      } else if (pdu.destination_addr !== to) {
        answer(pdu, smpp.ESME_RINVDSTADR);
      } else {
        messages += 1;
        answer(pdu, smpp.ESME_ROK, {message_id: String(messages)});
      }
    });
  }
  session.on('enquire_link', (pdu) => answer(pdu, smpp.ESME_ROK));
  session.on('unbind', (pdu) => {
    answer(pdu, bound ? smpp.ESME_ROK : smpp.ESME_RINVBNDSTS);
    if (bound) session.close();
  });
  for (const command of ['broadcast_sm', 'query_broadcast_sm', 'cancel_broadcast_sm']) {
    session.on(command, (pdu) => answer(pdu, smpp.ESME_RINVCMDID));
  }
  session.on('deliver_sm', (pdu) => answer(pdu, smpp.ESME_RINVBNDSTS));
  session.on('unknown', (pdu) => {
    if (!pdu.isResponse()) session.send(pdu.response());
  });
});
server.listen(Number(port), '127.0.0.1');
