/**
 * What Asterisk loads: SIP phones, ARI, bridges, snoops, recordings, playbacks. A named list starts in a second, needs no hardware and
 * opens no other port. Without `res_pjsip_refer` no phone can transfer a call by itself, nor take one over with Replaces. `res_timing_timerfd` alone: a snoop on another timer source runs hot.
 */
export const modules: readonly string[] = [
  'res_timing_timerfd',
  'res_sorcery_config', 'res_sorcery_memory', 'res_sorcery_astdb', 'res_sorcery_realtime',
  'res_crypto', 'res_http_websocket', 'res_websocket_client', 'res_musiconhold', 'res_rtp_asterisk', 'res_srtp',
  'codec_ulaw', 'codec_alaw', 'codec_a_mu', 'codec_gsm', 'codec_resample',
  'format_wav', 'format_pcm', 'format_gsm', 'format_sln',
  'bridge_simple', 'bridge_softmix', 'bridge_holding', 'bridge_native_rtp', 'bridge_builtin_features',
  'res_pjproject', 'res_pjsip', 'res_pjsip_session', 'res_pjsip_sdp_rtp', 'res_pjsip_caller_id', 'res_pjsip_nat',
  'res_pjsip_authenticator_digest', 'res_pjsip_outbound_authenticator_digest', 'res_pjsip_registrar', 'res_pjsip_path',
  'res_pjsip_endpoint_identifier_user', 'res_pjsip_endpoint_identifier_ip', 'res_pjsip_endpoint_identifier_anonymous',
  'res_pjsip_dtmf_info', 'res_pjsip_rfc3326', 'res_pjsip_header_funcs', 'res_pjsip_pubsub', 'res_pjsip_empty_info',
  'res_security_log',
  'chan_pjsip', 'chan_bridge_media',
  'res_stasis', 'res_stasis_answer', 'res_stasis_playback', 'res_stasis_recording', 'res_stasis_snoop', 'res_stasis_device_state',
  'app_stasis', 'res_ari_model', 'res_ari', 'res_ari_applications', 'res_ari_asterisk', 'res_ari_bridges', 'res_ari_channels',
  'res_ari_endpoints', 'res_ari_events', 'res_ari_playbacks', 'res_ari_recordings', 'res_ari_sounds',
  'pbx_config', 'app_playback', 'app_dial', 'app_chanspy', 'func_channel', 'func_logic', 'func_strings', 'func_callerid',
];
