/** The parts of ARI's models that we read; Asterisk 22 describes all of them at `/ari/api-docs/resources.json`. */
export interface AriChannel {
  readonly id: string;
  /** `PJSIP/<endpoint>-<number>`, or `Snoop/<id of the channel listened to>-<number>`. */
  readonly name: string;
  readonly state: string;
  readonly caller: { readonly number: string };
  readonly dialplan: { readonly exten: string; readonly app_name: string; readonly app_data: string };
  readonly creationtime: string;
}

export interface AriBridge {
  readonly id: string;
  readonly channels: readonly string[];
}

export interface AriLiveRecording {
  readonly name: string;
  readonly state: 'queued' | 'recording' | 'paused' | 'done' | 'failed' | 'canceled';
  /** `bridge:<id>`. */
  readonly target_uri: string;
  readonly cause?: string;
}

export interface AriPlayback {
  readonly id: string;
  readonly state: 'queued' | 'playing' | 'continuing' | 'done' | 'failed';
  /** `channel:<id>`. */
  readonly target_uri: string;
}

interface Stamped {
  readonly timestamp: string;
}

/** The events that we understand; all others are passed over. */
export type AriEvent = Stamped &
  (
    | { readonly type: 'StasisStart'; readonly channel: AriChannel; readonly args: readonly string[] }
    | {
        readonly type: 'StasisEnd' | 'ChannelStateChange' | 'ChannelHangupRequest';
        readonly channel: AriChannel;
      }
    | { readonly type: 'ChannelDestroyed'; readonly channel: AriChannel; readonly cause: number }
    /** When the key is let go; `duration_ms` is how long it was down. */
    | {
        readonly type: 'ChannelDtmfReceived';
        readonly channel: AriChannel;
        readonly digit: string;
        readonly duration_ms: number;
      }
    /** Another connection has taken our application: this one gets nothing more. */
    | { readonly type: 'ApplicationReplaced' }
    | { readonly type: 'PlaybackStarted' | 'PlaybackFinished'; readonly playback: AriPlayback }
    | {
        readonly type: 'RecordingStarted' | 'RecordingFinished' | 'RecordingFailed';
        readonly recording: AriLiveRecording;
      }
  );
