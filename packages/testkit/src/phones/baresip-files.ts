import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleRate, wavOf } from '@earshot/asterisk';
import { toneSamples } from './tones.ts';

export type BaresipSettings = {
  readonly folder: string;
  readonly name: string;
  readonly displayName?: string;
  readonly sipPort: number;
  readonly controlPort: number;
  readonly switchPort: number;
  readonly password?: string;
  readonly tone: number | 'silence';
};

const toneMinutes = 10;

/** Writes what baresip reads: config, account and the microphone's wav. */
export async function writeBaresipFiles(settings: BaresipSettings): Promise<void> {
  const { folder } = settings;
  const microphone = settings.tone === 'silence'
    ? new Int16Array(sampleRate * 60 * toneMinutes)
    : toneSamples(settings.tone, 60_000 * toneMinutes);
  await writeFile(join(folder, 'microphone.wav'), wavOf(microphone));
  await writeFile(join(folder, 'accounts'), `${account(settings)}\n`);
  await writeFile(join(folder, 'contacts'), '');
  await writeFile(join(folder, 'config'), `poll_method epoll
sip_listen 127.0.0.1:${settings.sipPort}
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
call_hold_other_calls no
audio_player aufile,${folder}/player.wav
audio_source aufile,${folder}/microphone.wav
audio_alert aufile,${folder}/alert.wav
ausrc_srate ${sampleRate}
auplay_srate ${sampleRate}
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports 10000-16000
rtcp_mux no
jitter_buffer_type fixed
jitter_buffer_delay 5-20
rtp_stats no
module_path /usr/lib/baresip/modules
snd_path ${folder}/heard
ctrl_tcp_listen 127.0.0.1:${settings.controlPort}
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
`);
}

function account(settings: BaresipSettings): string {
  const display = settings.displayName ? `"${settings.displayName}" ` : '';
  const parts = [`${display}<sip:${settings.name}@127.0.0.1:${settings.switchPort};transport=udp>`];
  if (settings.password === undefined) parts.push('regint=0');
  else parts.push('regint=60', `auth_user=${settings.name}`, `auth_pass=${settings.password}`);
  parts.push('answermode=manual', 'audio_codecs=pcmu', `outbound="sip:127.0.0.1:${settings.switchPort};lr"`);
  return parts.join(';');
}
