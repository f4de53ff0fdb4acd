/** The modules of Asterisk that the sandbox loads: few, so that it is up at once and lacks nothing of ours. */

const CORE = [
  'pbx_config',
  'bridge_simple',
  'bridge_softmix',
  'bridge_builtin_features',
  'res_timing_timerfd',
];

const SOUND = ['format_wav', 'format_pcm', 'format_sln', 'codec_ulaw', 'codec_alaw', 'codec_resample'];

const DIALPLAN = [
  ...['app_dial', 'app_echo', 'app_exec', 'app_minivm', 'app_mixmonitor', 'app_playback', 'app_playtones'],
  ...['app_record', 'app_senddtmf', 'app_stack', 'app_stasis', 'app_verbose'],
  ...['func_callerid', 'func_channel', 'func_export', 'func_global'],
  ...['func_logic', 'func_strings', 'func_talkdetect', 'func_timeout'],
];

const STASIS = [
  ...['res_stasis', 'res_stasis_answer', 'res_stasis_device_state', 'res_stasis_playback'],
  ...['res_stasis_recording', 'res_stasis_snoop', 'app_chanspy', 'chan_bridge_media'],
];

const ARI = [
  ...['res_http_websocket', 'res_ari', 'res_ari_model', 'res_ari_applications'],
  ...[
    'res_ari_asterisk',
    'res_ari_bridges',
    'res_ari_channels',
    'res_ari_device_states',
    'res_ari_endpoints',
  ],
  ...['res_ari_events', 'res_ari_playbacks', 'res_ari_recordings', 'res_ari_sounds'],
];

const SIP = [
  ...['chan_pjsip', 'res_pjproject', 'res_rtp_asterisk', 'res_sorcery_astdb', 'res_sorcery_config'],
  ...['res_sorcery_memory', 'res_pjsip', 'res_pjsip_authenticator_digest', 'res_pjsip_caller_id'],
  ...['res_pjsip_dtmf_info', 'res_pjsip_endpoint_identifier_user', 'res_pjsip_exten_state', 'res_pjsip_mwi'],
  ...['res_pjsip_mwi_body_generator', 'res_pjsip_nat', 'res_pjsip_outbound_publish', 'res_pjsip_pubsub'],
  ...['res_pjsip_refer', 'res_pjsip_registrar', 'res_pjsip_sdp_rtp', 'res_pjsip_session'],
];

/** Names without `.so`. */
export const MODULES: readonly string[] = [...CORE, ...SOUND, ...DIALPLAN, ...STASIS, ...ARI, ...SIP];

/** Loaded when this Asterisk has it: newer ones need it for ARI, older ones do not have it. */
export const OPTIONAL_MODULES: readonly string[] = ['res_websocket_client'];

/** Message waiting over ARI (/mailboxes), which most builds leave out. Each needs those before it. */
export const MAILBOX_MODULES: readonly string[] = [
  'res_mwi_external',
  'res_stasis_mailbox',
  'res_ari_mailboxes',
];
