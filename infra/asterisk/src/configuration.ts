import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modules } from './modules.ts';
import type { AsteriskTenant } from './tenant.ts';

/** Folders of one running instance; the same paths inside and outside its root file system. */
export interface InstanceFolders {
  readonly base: string;
  readonly configuration: string;
  readonly recordings: string;
  readonly music: string;
  readonly log: string;
}

export const instanceFolders = (base: string): InstanceFolders => {
  return {
    base,
    configuration: join(base, 'etc'),
    recordings: join(base, 'spool/recording'),
    music: join(base, 'music'),
    log: join(base, 'log/messages.log'),
  };
};

/** Writes everything Asterisk reads, so that no file of the root file system's own `/etc/asterisk` matters. */
export const writeConfiguration = async (folders: InstanceFolders, tenant: AsteriskTenant): Promise<void> => {
  const { base } = folders;
  for (const each of ['etc', 'spool/recording', 'music', 'log', 'run', 'db', 'cache', 'keys']) {
    await mkdir(join(base, each), { recursive: true, mode: 0o700 });
  }
  // What recorders leave is raw material: nobody may get it before it is cut to what was allowed.
  await chmod(folders.recordings, 0o700);
  const files: Record<string, string> = {
    'asterisk.conf': asteriskConf(base, folders.configuration),
    'modules.conf': `[modules]\nautoload=no\n${modules.map((name) => `load=${name}.so`).join('\n')}\n`,
    // Failed logins, with the address they came from, for whoever blocks addresses.
    'logger.conf':
      '[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error\nsecurity.log => security\n',
    'http.conf': `[general]\nenabled=yes\nenablestatic=no\nbindaddr=127.0.0.1\nbindport=${tenant.httpPort}\n`,
    'ari.conf': `[general]\nenabled=yes\n[${tenant.ariUser}]\ntype=user\nread_only=no\npassword=${tenant.ariPassword}\n`,
    'rtp.conf': `[general]\nrtpstart=${tenant.rtpRange[0]}\nrtpend=${tenant.rtpRange[1]}\n`,
    'musiconhold.conf': `[default]\nmode=files\ndirectory=${folders.music}\n`,
    'pjsip.conf': pjsipConf(tenant),
    'extensions.conf': extensionsConf(tenant.app),
    'stasis.conf': '',
    'cdr.conf': '[general]\nenable=no\n',
    'cel.conf': '[general]\nenable=no\n',
    'features.conf': '',
    'indications.conf':
      '[general]\ncountry=us\n[us]\ndescription=tones\nringcadence=2000,4000\ndial=350+440\nbusy=480+620/500,0/500\n',
    'acl.conf': '',
    'pjproject.conf': '',
    'websocket_client.conf': '',
    'udptl.conf': '',
    'ccss.conf': '',
    'codecs.conf': '',
    'manager.conf': '[general]\nenabled=no\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folders.configuration, name), text, { mode: 0o600 });
  }
};

const asteriskConf = (base: string, configuration: string): string => {
  return `[directories]
astetcdir => ${configuration}
astvarlibdir => ${base}/db
astdbdir => ${base}/db
astkeydir => ${base}
astcachedir => ${base}/cache
astspooldir => ${base}/spool
astrundir => ${base}/run
astlogdir => ${base}/log
astdatadir => /usr/share/asterisk
[options]
documentation_language = en_US
`;
};

/**
 * Registered extensions authenticate; whoever does not is the endpoint `anonymous`, an outside caller.
 * Outside numbers are called through the endpoint `outside`, at the address that the caller of it names.
 */
const pjsipConf = (tenant: AsteriskTenant): string => {
  const media = [
    'disallow=all',
    'allow=ulaw',
    'direct_media=no',
    'dtmf_mode=rfc4733',
    'rtp_symmetric=yes',
    // Voice listens on loopback only, as the phones do.
    'media_address=127.0.0.1',
    'bind_rtp_to_media_address=yes',
    // No phone may make the switch call somebody (REFER): transfers are Earshot's, with its rights.
    'allow_transfer=no',
  ].join('\n');
  const parts = [
    `[global]
type=global
endpoint_identifier_order=auth_username,username,ip,anonymous
[transport]
type=transport
protocol=udp
bind=127.0.0.1:${tenant.sipPort}
[anonymous]
type=endpoint
context=outside
${media}
[outside]
type=endpoint
context=outside
${media}
`,
  ];
  for (const { extension, password } of tenant.extensions) {
    parts.push(`[${extension}]
type=endpoint
context=inside
auth=${extension}-auth
aors=${extension}
callerid=${extension} <${extension}>
${media}
[${extension}-auth]
type=auth
auth_type=userpass
username=${extension}
password=${password}
[${extension}]
type=aor
max_contacts=1
remove_existing=yes
`);
  }
  return parts.join('');
};

/**
 * Every call goes to the application. When it is away (a restart, a new version) the caller waits, ringing, up to 15 s for it,
 * and is turned away with "network out of order" after that. The caller's address is told last, so that nothing dialled can stand in its place.
 */
const extensionsConf = (app: string): string => {
  const rule = (pattern: string): string => `exten => ${pattern},1,Set(tries=0)
 same => n(try),Stasis(${app},\${EXTEN},\${CHANNEL(pjsip,remote_addr)})
 same => n,GotoIf($["\${STASISSTATUS}"!="FAILED"]?done)
 same => n,Set(tries=$[\${tries}+1])
 same => n,GotoIf($[\${tries}>60]?away)
 same => n,Ringing()
 same => n,Wait(0.25)
 same => n,Goto(try)
 same => n(away),Hangup(38)
 same => n(done),Hangup()
`;
  const rules = ['_X.', '_*X.', '_+X.'].map(rule).join('');
  return `[inside]\n${rules}[outside]\n${rules}`;
};
