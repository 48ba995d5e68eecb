import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleRate, wavOf } from '@earshot/asterisk';
import { toneSamples } from './tones.ts';

export interface BaresipSettings {
  readonly folder: string;
  readonly sipPort: number;
  readonly controlPort: number;
  readonly tone: number | 'silence';
}

const toneMinutes = 10;

/** Writes what baresip reads: config and the microphone's wav. The account comes later, over the control connection. */
export const writeBaresipFiles = async (settings: BaresipSettings): Promise<void> => {
  const { folder } = settings;
  const microphone =
    settings.tone === 'silence'
      ? new Int16Array(sampleRate * 60 * toneMinutes)
      : toneSamples(settings.tone, 60_000 * toneMinutes);
  await writeFile(join(folder, 'microphone.wav'), wavOf(microphone));
  await writeFile(join(folder, 'accounts'), '');
  await writeFile(join(folder, 'contacts'), '');
  await writeFile(
    join(folder, 'config'),
    `poll_method epoll
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
`,
  );
};

/** The account line of a phone: with a password it registers, without one it only calls. */
export const baresipAccount = (phone: {
  readonly name: string;
  readonly password?: string;
  readonly switchPort: number;
}): string => {
  const parts = [`<sip:${phone.name}@127.0.0.1:${phone.switchPort};transport=udp>`];
  if (phone.password === undefined) parts.push('regint=0');
  else parts.push('regint=60', `auth_user=${phone.name}`, `auth_pass=${phone.password}`);
  parts.push('answermode=manual', 'audio_codecs=pcmu', `outbound="sip:127.0.0.1:${phone.switchPort};lr"`);
  return parts.join(';');
};
