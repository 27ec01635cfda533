import { honoured, ignored, isOneOf, refused, type Fields } from '../field-row.ts';

const placedByMachine = 'Impetus chooses it from the machine, or from its own settings.';

export const lmStudioLoadFields: Fields = {
  model: honoured('which model is loaded'),
  context_length: honoured('the context of the loaded model'),
  ttl: honoured('how long the model stays loaded'),
  echo_load_config: honoured('the configuration in the answer'),
  eval_batch_size: ignored(placedByMachine),
  flash_attention: ignored(placedByMachine),
  offload_kv_cache_to_gpu: ignored(placedByMachine),
  num_experts: refused('Models run with the experts they were made for.'),
  parallel: ignored(placedByMachine),
};

export const lmStudioUnloadFields: Fields = { instance_id: honoured('which model is freed') };

export const lmStudioDownloadFields: Fields = {
  model: honoured('which model is meant'),
  quantization: honoured('which model is meant'),
  hf_token: ignored('Nothing is fetched.', isOneOf('')),
};
